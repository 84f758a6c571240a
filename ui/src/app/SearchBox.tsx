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

/** An ARIA combobox: the focus stays in the text box, arrow keys select from the list. */
export function SearchBox({ onDone, isOpen }: { onDone: () => void; isOpen: boolean }) {
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const box = useRef<HTMLInputElement>(null);
  const listId = useId();
  const addressQuery = isPage('search', pathname) ? (params.get('q') ?? '') : '';
  const [text, setText] = useState(addressQuery);
  const [isListed, setListed] = useState(false);
  const [active, setActive] = useState(-1);
  const options = useOptions(text);
  const [lastAddressQuery, setLastAddressQuery] = useState(addressQuery);
  // Follow the query in the address.
  if (addressQuery !== lastAddressQuery) {
    setLastAddressQuery(addressQuery);
    setText(addressQuery);
  }
  const shown = isListed && options.length > 0;

  useEffect(() => {
    if (isOpen) box.current?.focus();
  }, [isOpen]);

  const search = (query: string) => {
    const trimmed = query.trim();
    setListed(false);
    setActive(-1);
    if (!trimmed) return;
    writeStored(
      'searches',
      JSON.stringify([trimmed, ...recentSearches().filter((entry) => entry !== trimmed)].slice(0, RECENT_MAX)),
    );
    setText(trimmed);
    box.current?.blur();
    onDone();
    void navigate(paths.search(trimmed));
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    search(options[active]?.text ?? text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Escape') {
      setListed(false);
      onDone();
    } else if (step !== 0 && options.length > 0) {
      event.preventDefault();
      setListed(true);
      // -1 is the text box itself.
      setActive((at) => ((at + 1 + step + options.length + 1) % (options.length + 1)) - 1);
    }
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
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${listId}-${active}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setListed(true);
          setActive(-1);
        }}
        onFocus={() => setListed(true)}
        onBlur={() => setListed(false)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className="search__go" aria-label={t('nav.search')}>
        <Search size={20} aria-hidden />
      </button>
      <div id={listId} role="listbox" className="search__list" aria-label={t('search.suggestions')} hidden={!shown}>
        {options.map((option, at) => (
          // A press must not move the focus out of the text box.
          <div
            key={option.text}
            id={`${listId}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === active}
            className="search__option"
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => search(option.text)}
            onKeyDown={(event) => event.key === 'Enter' && search(option.text)}
          >
            {option.isRecent ? <History size={16} aria-hidden /> : <Search size={16} aria-hidden />}
            <span>{option.text}</span>
          </div>
        ))}
      </div>
    </form>
  );
}
