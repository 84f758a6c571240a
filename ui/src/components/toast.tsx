import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { t } from '../texts';
import './toast.css';

interface Toast {
  id: number;
  text: string;
  variant: 'success' | 'error';
}

const SHOWN_MS = 6_000;
const TOASTS_MAX = 3;

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number) => change(toasts.filter((toast) => toast.id !== id));

/** Shows a message at the edge of the page for a few seconds. */
export function toast(text: string, variant: Toast['variant'] = 'success'): void {
  const id = ++lastId;
  change([...toasts.filter((toast) => toast.text !== text), { id, text, variant }].slice(-TOASTS_MAX));
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toaster() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className="toast" data-variant={toast.variant}>
          <span>{toast.text}</span>
          <button
            type="button"
            className="toast__close"
            aria-label={t('action.dismiss')}
            onClick={() => dismiss(toast.id)}
          >
            <X size={16} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
