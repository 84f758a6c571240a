import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import './menu.css';

interface Props {
  /** The button that opens it. */
  trigger: ReactElement;
  children: ReactNode;
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'bottom';
  /** Where to render the menu. In full screen only descendants of the player are visible. */
  container?: HTMLElement | null;
  defaultOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
}

export function Menu({
  trigger,
  children,
  align = 'end',
  side = 'bottom',
  container,
  defaultOpen,
  onOpenChange,
}: Props) {
  return (
    <Base.Root modal={false} defaultOpen={defaultOpen} onOpenChange={onOpenChange}>
      <Base.Trigger render={trigger} />
      <Base.Portal container={container}>
        <Base.Positioner className="menu__positioner" align={align} side={side} sideOffset={8} collisionPadding={8}>
          <Base.Popup className="menu">{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface ItemProps {
  icon?: ReactNode;
  children: ReactNode;
  onSelect?: () => void;
  /** A link element without content, to make the item a link. */
  link?: ReactElement;
}

export function MenuItem({ icon, children, onSelect, link }: ItemProps) {
  return (
    <Base.Item className="menu__item" onClick={onSelect} render={link}>
      {icon}
      <span>{children}</span>
    </Base.Item>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="menu__separator" />;
}

interface ChoiceProps<T> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; note?: string }[];
  onChange: (value: T) => void;
}

/** A group of options of which one is selected. */
export function MenuChoice<T extends string | number>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <Base.RadioGroup value={value} onValueChange={onChange}>
      <Base.Group>
        <Base.GroupLabel className="menu__label">{label}</Base.GroupLabel>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} className="menu__item" closeOnClick>
            <span className="menu__dot" aria-hidden />
            <span>{option.label}</span>
            {option.note && <span className="menu__note">{option.note}</span>}
          </Base.RadioItem>
        ))}
      </Base.Group>
    </Base.RadioGroup>
  );
}
