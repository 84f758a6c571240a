import type { LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';

interface Props extends ComponentProps<'button'> {
  icon: LucideIcon;
  label: string;
  /** Keyboard shortcut. */
  keys?: string;
  /** State of a toggle button. */
  isOn?: boolean;
}

export function Control({ icon: Icon, label, keys, isOn, className = '', ...button }: Props) {
  return (
    <button
      type="button"
      className={`control ${className}`}
      aria-label={label}
      aria-pressed={isOn}
      aria-keyshortcuts={keys}
      title={keys ? `${label} (${keys})` : label}
      {...button}
    >
      <Icon size={22} aria-hidden />
    </button>
  );
}
