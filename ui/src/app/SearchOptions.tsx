import { Hash, History, Search, UserRound, X, type LucideIcon } from 'lucide-react';
import type { Suggestion } from '../api/types';
import { t } from '../texts';
import { countVideos } from '../texts/format';

export type SearchOption = Suggestion | { type: 'recent'; text: string };

const ICONS: Record<SearchOption['type'], LucideIcon> = {
  recent: History,
  title: Search,
  channel: UserRound,
  tag: Hash,
};

interface Props {
  id: string;
  options: readonly SearchOption[];
  active: number;
  isHidden: boolean;
  onSelect: (option: SearchOption) => void;
  /** Forgets one recent search, or all. */
  onForget: (query?: string) => void;
}

/** The list below the search box. A listbox may have nothing but options, so the buttons stand beside it. */
export default function SearchOptions({ id, options, active, isHidden, onSelect, onForget }: Props) {
  const recent = options.filter(({ type }) => type === 'recent');
  return (
    // A press must not move the focus out of the text box.
    <div className="search__list" hidden={isHidden} onPointerDown={(event) => event.preventDefault()}>
      <div id={id} role="listbox" aria-label={t(recent.length > 0 ? 'search.recent' : 'search.suggestions')}>
        {options.map((option, at) => (
          <Option
            key={`${option.type} ${option.text}`}
            id={`${id}-${at}`}
            option={option}
            isActive={at === active}
            onSelect={onSelect}
          />
        ))}
      </div>
      {recent.length > 0 && (
        <>
          <div className="search__forget">
            {recent.map(({ text }) => (
              // With the keyboard it is the Delete key.
              <button
                key={text}
                type="button"
                tabIndex={-1}
                className="icon-button"
                aria-label={t('search.forget', { query: text })}
                onClick={() => onForget(text)}
              >
                <X size={16} aria-hidden />
              </button>
            ))}
          </div>
          <button type="button" className="link-button search__clear" onClick={() => onForget()}>
            {t('search.clear')}
          </button>
        </>
      )}
    </div>
  );
}

interface OptionProps {
  id: string;
  option: SearchOption;
  isActive: boolean;
  onSelect: (option: SearchOption) => void;
}

function Option({ id, option, isActive, onSelect }: OptionProps) {
  const Icon = ICONS[option.type];
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isActive}
      aria-keyshortcuts={option.type === 'recent' ? 'Delete' : undefined}
      className="search__option"
      onClick={() => onSelect(option)}
      onKeyDown={(event) => event.key === 'Enter' && onSelect(option)}
    >
      <Icon size={16} aria-hidden />
      <span>{option.text}</span>
      {option.type === 'channel' && <span className="muted">@{option.username}</span>}
      {option.type === 'tag' && <span className="muted">{countVideos(option.videos)}</span>}
    </div>
  );
}
