import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import {
  lazy,
  Suspense,
  useEffect,
  useId,
  useRef,
  useState,
  type FormEvent,
  type KeyboardEvent,
  type RefObject,
} from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { suggestionsQuery } from '../api/queries';
import { comboboxProps, useActiveOption } from '../components/combobox';
import { useDebounced } from '../components/hooks';
import { isPage, paths, tagTerm } from '../paths';
import { t } from '../texts';
import { forgetSearch, forgetSearches, recentSearches, rememberSearch } from './recent-searches';
import type { SearchOption } from './SearchOptions';

/** Loaded when the box has the focus for the first time. */
const SearchOptions = lazy(() => import('./SearchOptions'));

const QUERY_CHARS_MAX = 200;
const DEBOUNCE_MS = 200;

/** What fits the text; recent searches if there is none. */
function useOptions(text: string, recent: readonly string[]): readonly SearchOption[] {
  const debounced = useDebounced(text.trim(), DEBOUNCE_MS);
  const { data } = useQuery({
    ...suggestionsQuery(debounced),
    // Keep the list open until the new suggestions are there.
    placeholderData: keepPreviousData,
  });
  if (!text.trim()) return recent.map((query) => ({ type: 'recent', text: query }));
  return debounced && data ? data : [];
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

function useRecentSearches() {
  const [list, setList] = useState(recentSearches);
  const refresh = () => setList(recentSearches());
  const forget = (query?: string) => {
    if (query === undefined) forgetSearches();
    else forgetSearch(query);
    refresh();
  };
  return { list, refresh, forget };
}

/** Where to go for a query or an option, and what the text box shows then. */
function useDestinations(go: (path: string, shown: string) => void) {
  const search = (query: string) => {
    const trimmed = query.trim();
    if (!trimmed) return;
    rememberSearch(trimmed);
    go(paths.search(trimmed), trimmed);
  };
  const select = (option: SearchOption) => {
    if (option.type === 'channel') go(paths.channel(option.username), '');
    else search(option.type === 'tag' ? tagTerm(option.text) : option.text);
  };
  return { search, select };
}

/** What the box does: `box` loses the focus when it leads somewhere. */
function useSearchBox(box: RefObject<HTMLInputElement | null>, onDone: () => void) {
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const [text, setText] = useFollowing(isPage('search', pathname) ? (params.get('q') ?? '') : '');
  const recent = useRecentSearches();
  const options = useOptions(text, recent.list);
  const { isShown, active, show, onKeyDown } = useActiveOption(options.length, onDone);
  const { search, select } = useDestinations((path, shown) => {
    setText(shown);
    show(false);
    box.current?.blur();
    onDone();
    void navigate(path);
  });
  const forget = (query?: string) => {
    recent.forget(query);
    box.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const option = options[active];
    if (isShown && option) select(option);
    else search(text);
  };
  const press = (event: KeyboardEvent) => {
    const option = options[active];
    if (event.key === 'Delete' && option?.type === 'recent') forget(option.text);
    else onKeyDown(event);
  };
  const type = (typed: string) => {
    setText(typed);
    show(true);
  };
  const open = () => {
    recent.refresh();
    show(true);
  };
  return { text, options, isShown, active, open, close: () => show(false), select, forget, submit, press, type };
}

/** An ARIA combobox: the focus stays in the text box, arrow keys select from the list. */
export function SearchBox({ onDone, isOpen }: { onDone: () => void; isOpen: boolean }) {
  const box = useRef<HTMLInputElement>(null);
  const [isUsed, setUsed] = useState(false);
  const listId = useId();
  const { text, options, isShown, active, ...does } = useSearchBox(box, onDone);
  useEffect(() => {
    if (isOpen) box.current?.focus();
  }, [isOpen]);
  return (
    <form
      role="search"
      className="search"
      onSubmit={does.submit}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && does.close()}
    >
      <input
        ref={box}
        id="search"
        className="search__box"
        type="search"
        enterKeyHint="search"
        placeholder={t('search.placeholder')}
        aria-label={t('nav.search')}
        maxLength={QUERY_CHARS_MAX}
        {...comboboxProps(listId, isShown, active)}
        value={text}
        onChange={(event) => does.type(event.target.value)}
        onFocus={() => {
          setUsed(true);
          does.open();
        }}
        onKeyDown={does.press}
      />
      <button type="submit" className="search__go" aria-label={t('nav.search')}>
        <Search size={20} aria-hidden />
      </button>
      <Suspense>
        {isUsed && (
          <SearchOptions
            id={listId}
            options={options}
            active={active}
            isHidden={!isShown}
            onSelect={does.select}
            onForget={does.forget}
          />
        )}
      </Suspense>
    </form>
  );
}
