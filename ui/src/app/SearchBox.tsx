import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { History, Search } from 'lucide-react';
import { useEffect, useId, useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { suggestionsQuery } from '../api/queries';
import { useDebounced } from '../components/hooks';
import { isPage, paths } from '../paths';
import { readStored, writeStored } from '../storage';
import { t } from '../texts';

const RECENT_MAX = 6;
const DEBOUNCE_MS = 200;

interface Option {
  text: string;
  isRecent: boolean;
}

function recentSearches(): string[] {
  try {
    const list: unknown = JSON.parse(readStored('searches') ?? '[]');
    return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : [];
  } catch {
    return [];
  }
}

function rememberSearch(query: string): void {
  const others = recentSearches().filter((entry) => entry !== query);
  writeStored('searches', JSON.stringify([query, ...others].slice(0, RECENT_MAX)));
}

/** Recent searches and titles that match the text. */
function useOptions(text: string): Option[] {
  const debounced = useDebounced(text.trim(), DEBOUNCE_MS);
  const { data } = useQuery({
    ...suggestionsQuery(debounced),
    // Keep the list open until the new titles are there.
    placeholderData: keepPreviousData,
  });
  const needle = text.trim().toLowerCase();
  const recent = recentSearches().filter(
    (entry) => entry.toLowerCase().includes(needle) && entry.toLowerCase() !== needle,
  );
  const titles = needle ? (data ?? []).filter((title) => title.toLowerCase().includes(needle)) : [];
  const options = [
    ...recent.slice(0, titles.length > 0 ? 2 : RECENT_MAX).map((entry) => ({ text: entry, isRecent: true })),
    ...titles.map((title) => ({ text: title, isRecent: false })),
  ];
  return options.filter((option, at) => options.findIndex((other) => other.text === option.text) === at);
}

/** State that is set again whenever `value` changes. */
function useFollowing(value: string) {
  const state = useState(value);
  const [last, setLast] = useState(value);
  if (value !== last) {
    setLast(value);
    state[1](value);
  }
  return state;
}

/** Which option of a list is active, if the list is shown; arrow keys move it. */
function useActiveOption(count: number, onEscape: () => void) {
  const [isListed, setListed] = useState(false);
  const [active, setActive] = useState(-1);
  const show = (isShown: boolean) => {
    setListed(isShown);
    setActive(-1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Escape') {
      show(false);
      onEscape();
    } else if (step !== 0 && count > 0) {
      event.preventDefault();
      setListed(true);
      // -1 is the text box itself.
      setActive((at) => ((at + 1 + step + count + 1) % (count + 1)) - 1);
    }
  };
  return { isShown: isListed && count > 0, active, show, onKeyDown };
}

/** An ARIA combobox: the focus stays in the text box, arrow keys select from the list. */
export function SearchBox({ onDone, isOpen }: { onDone: () => void; isOpen: boolean }) {
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const box = useRef<HTMLInputElement>(null);
  const listId = useId();
  const [text, setText] = useFollowing(isPage('search', pathname) ? (params.get('q') ?? '') : '');
  const options = useOptions(text);
  const { isShown, active, show, onKeyDown } = useActiveOption(options.length, onDone);

  useEffect(() => {
    if (isOpen) box.current?.focus();
  }, [isOpen]);

  const search = (query: string) => {
    const trimmed = query.trim();
    show(false);
    if (!trimmed) return;
    rememberSearch(trimmed);
    setText(trimmed);
    box.current?.blur();
    onDone();
    void navigate(paths.search(trimmed));
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    search(options[active]?.text ?? text);
  };

  return (
    <form role="search" className="search" onSubmit={onSubmit}>
      <input
        ref={box}
        id="search"
        className="search__box"
        type="search"
        enterKeyHint="search"
        autoComplete="off"
        placeholder={t('search.placeholder')}
        aria-label={t('nav.search')}
        role="combobox"
        aria-expanded={isShown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isShown && active >= 0 ? `${listId}-${active}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          show(true);
        }}
        onFocus={() => show(true)}
        onBlur={() => show(false)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className="search__go" aria-label={t('nav.search')}>
        <Search size={20} aria-hidden />
      </button>
      <OptionList id={listId} options={options} active={active} isHidden={!isShown} onSelect={search} />
    </form>
  );
}

interface OptionListProps {
  id: string;
  options: readonly Option[];
  active: number;
  isHidden: boolean;
  onSelect: (text: string) => void;
}

function OptionList({ id, options, active, isHidden, onSelect }: OptionListProps) {
  return (
    <div id={id} role="listbox" className="search__list" aria-label={t('search.suggestions')} hidden={isHidden}>
      {options.map((option, at) => (
        // A press must not move the focus out of the text box.
        <div
          key={option.text}
          id={`${id}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          className="search__option"
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onSelect(option.text)}
          onKeyDown={(event) => event.key === 'Enter' && onSelect(option.text)}
        >
          {option.isRecent ? <History size={16} aria-hidden /> : <Search size={16} aria-hidden />}
          <span>{option.text}</span>
        </div>
      ))}
    </div>
  );
}
