import { useSyncExternalStore } from 'react';

/** A value outside React that components can subscribe to. */
export interface Store<T> {
  get: () => T;
  subscribe: (listener: () => void) => () => void;
}

/** Creates a store that reads its value now and at each event. */
export function createStore<T>(read: () => T, listen: (onEvent: () => void) => () => void): Store<T> {
  let value = read();
  return {
    get: () => value,
    subscribe: (listener) => {
      // It may have changed before anybody listened.
      value = read();
      return listen(() => {
        value = read();
        listener();
      });
    },
  };
}

/** Adds a listener for several events. Returns a function that removes it. */
export function listenTo(target: EventTarget, names: readonly string[], listener: () => void): () => void {
  for (const name of names) target.addEventListener(name, listener);
  return () => {
    for (const name of names) target.removeEventListener(name, listener);
  };
}

const neverChanges = () => () => undefined;

/** Returns the value of a store, or `initial` while there is none. */
export function useStore<T>(store: Store<T> | null, initial: T): T {
  return useSyncExternalStore(store?.subscribe ?? neverChanges, store?.get ?? (() => initial));
}
