import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useId, useState, type KeyboardEvent, type SyntheticEvent } from 'react';
import { tagsQuery } from '../api/queries';
import type { Tag } from '../api/types';
import { t } from '../texts';
import { countVideos } from '../texts/format';
import { comboboxProps, useActiveOption } from './combobox';
import { LabelledField } from './Field';
import { useDebounced } from './hooks';
import { addTags, isSameTag, TAGS_MAX } from './tags';

const DEBOUNCE_MS = 200;
const OPTIONS_MAX = 6;

interface Props {
  tags: readonly string[];
  error?: string;
  onChange: (tags: readonly string[]) => void;
}

/** Completes tags by those that others use. */
function useCompletions(draft: string, tags: readonly string[]) {
  const prefix = useDebounced(draft.trim(), DEBOUNCE_MS);
  const { data } = useQuery({
    ...tagsQuery(prefix),
    enabled: prefix !== '',
    placeholderData: keepPreviousData,
  });
  if (!draft.trim() || !prefix || !data) return [];
  return data.filter(({ name }) => !tags.some((tag) => isSameTag(tag, name))).slice(0, OPTIONS_MAX);
}

/** Tags as chips. Comma and Enter make one of what is typed, Backspace takes the last one away. */
export function TagInput({ tags, error, onChange }: Props) {
  const listId = useId();
  const [draft, setDraft] = useState('');
  const options = useCompletions(draft, tags);
  const { isShown, active, show, onKeyDown } = useActiveOption(options.length, () => undefined);
  const add = (text: string) => {
    show(false);
    setDraft('');
    if (text.trim()) onChange(addTags(tags, text));
  };
  const press = (event: KeyboardEvent) => {
    // Enter ends a word of some scripts before it ends a tag.
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      add((isShown ? options[active]?.name : undefined) ?? draft);
    } else if (event.key === 'Backspace' && draft === '') onChange(tags.slice(0, -1));
    else onKeyDown(event);
  };
  const change = (text: string) => {
    if (text.includes(',')) return add(text);
    setDraft(text);
    show(true);
  };
  return (
    <LabelledField label={t('tags.label')} hint={t('tags.hint')} error={error}>
      {(props) => (
        <div className="tag-input">
          <div className="input tag-input__box">
            {tags.map((tag) => (
              <Chip key={tag} tag={tag} onRemove={() => onChange(tags.filter((other) => other !== tag))} />
            ))}
            <input
              {...props}
              {...comboboxProps(listId, isShown, active)}
              value={draft}
              readOnly={tags.length >= TAGS_MAX}
              onChange={(event) => change(event.target.value)}
              onKeyDown={press}
              onBlur={() => add(draft)}
            />
          </div>
          <Completions id={listId} tags={options} active={active} isHidden={!isShown} onSelect={add} />
        </div>
      )}
    </LabelledField>
  );
}

interface CompletionsProps {
  id: string;
  tags: readonly Tag[];
  active: number;
  isHidden: boolean;
  onSelect: (tag: string) => void;
}

function Completions({ id, tags, active, isHidden, onSelect }: CompletionsProps) {
  // A press must not move the focus out of the text box, which would end the tag.
  const stay = (event: SyntheticEvent) => event.preventDefault();
  return (
    <div
      id={id}
      role="listbox"
      aria-label={t('search.suggestions')}
      className="search__list tag-input__list"
      hidden={isHidden}
    >
      {tags.map(({ name, videos }, at) => (
        <div
          key={name}
          id={`${id}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          className="search__option"
          onPointerDown={stay}
          onMouseDown={stay}
          onClick={() => onSelect(name)}
          onKeyDown={(event) => event.key === 'Enter' && onSelect(name)}
        >
          <span>{name}</span>
          <span className="muted">{countVideos(videos)}</span>
        </div>
      ))}
    </div>
  );
}

function Chip({ tag, onRemove }: { tag: string; onRemove: () => void }) {
  return (
    <span className="tag-input__chip">
      {tag}
      <button type="button" aria-label={t('tags.remove', { tag })} onClick={onRemove}>
        <X size={14} aria-hidden />
      </button>
    </span>
  );
}
