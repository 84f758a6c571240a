import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '../texts';
import './dialog.css';

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  children?: ReactNode;
  size?: 'small' | 'large';
}

export function Dialog({ open, onClose, title, description, children, size = 'small' }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="dialog__backdrop" />
        <Base.Popup className="dialog" data-size={size}>
          <header className="dialog__head">
            <Base.Title className="dialog__title">{title}</Base.Title>
            <Base.Close className="icon-button" aria-label={t('action.close')}>
              <X size={20} aria-hidden />
            </Base.Close>
          </header>
          {description && <Base.Description className="dialog__description">{description}</Base.Description>}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  title: string;
  description: string;
  action: string;
  isBusy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before an action that cannot be undone. */
export function Confirm({ open, title, description, action, isBusy, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog open={open} onClose={onClose} title={title} description={description}>
      <div className="dialog__actions">
        <button type="button" className="button" data-variant="quiet" onClick={onClose}>
          {t('action.cancel')}
        </button>
        <button type="button" className="button" data-variant="danger" disabled={isBusy} onClick={onConfirm}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
