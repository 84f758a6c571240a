import { useSyncExternalStore } from 'react';

/** A value that components render from and that changes by events outside React. */
export interface Store<T> {
  get: () => T;
  subscribe: (listener: () => void) => () => void;
}

/** Reads a value when it is created and again at each event that `listen` reports. */
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

/** Listens to several events of one target; returns how to stop. */
export function listenTo(target: EventTarget, names: readonly string[], listener: () => void): () => void {
  for (const name of names) target.addEventListener(name, listener);
  return () => {
    for (const name of names) target.removeEventListener(name, listener);
  };
}

const neverChanges = () => () => undefined;

/** The value of a store, and `initial` while there is none. */
export function useStore<T>(store: Store<T> | null, initial: T): T {
  return useSyncExternalStore(store?.subscribe ?? neverChanges, store?.get ?? (() => initial));
}
