import { cloneElement, Suspense, useState, type ComponentProps, type ReactElement, type ReactNode } from 'react';

interface Props {
  /** Stands in for the menu's own button. */
  button: ReactElement<ComponentProps<'button'>>;
  onOpen?: () => void;
  /** The menu, as a lazy component that is open from the start. */
  children: ReactNode;
}

/** The button of a menu that is loaded when it is first pressed: menus are heavy, and most people never open them. */
export function LazyMenu({ button, onOpen, children }: Props) {
  const [isOpened, setOpened] = useState(false);
  const trigger = cloneElement(button, {
    'aria-haspopup': 'menu',
    'aria-expanded': isOpened,
    onClick: () => {
      setOpened(true);
      onOpen?.();
    },
  });
  return isOpened ? <Suspense fallback={trigger}>{children}</Suspense> : trigger;
}
