import { cloneElement, Suspense, useState, type ComponentProps, type ReactElement, type ReactNode } from 'react';

interface Props {
  /** Shown until the menu is loaded, which then brings its own. */
  button: ReactElement<ComponentProps<'button'>>;
  onOpen?: () => void;
  /** A lazy component that renders the menu already open. */
  children: ReactNode;
}

/** Loads a menu when its button is first pressed: menus are heavy, and most people never open them. */
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
