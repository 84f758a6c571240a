import { useState, type KeyboardEvent } from 'react';

/** Which option of a list is active, if the list is shown; arrow keys move it. */
export function useActiveOption(count: number, onEscape: () => void) {
  const [isListed, setListed] = useState(false);
  const [chosen, setActive] = useState(-1);
  const active = Math.min(chosen, count - 1);
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
      setActive(((active + 1 + step + count + 1) % (count + 1)) - 1);
    }
  };
  return { isShown: isListed && count > 0, active, show, onKeyDown };
}

/** What an ARIA combobox says of its list. */
export const comboboxProps = (listId: string, isShown: boolean, active: number) =>
  ({
    role: 'combobox',
    autoComplete: 'off',
    'aria-expanded': isShown,
    'aria-controls': listId,
    'aria-autocomplete': 'list',
    'aria-activedescendant': isShown && active >= 0 ? `${listId}-${active}` : undefined,
  }) as const;
