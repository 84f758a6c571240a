import { useEffect, useRef, useState, type FormEvent } from 'react';
import { t } from '../texts';
import { GrowingText } from './Field';

interface Props {
  text: string;
  label: string;
  maxLength: number;
  isBusy: boolean;
  onSave: (text: string) => void;
  onCancel: () => void;
}

/** Edits a text in place. */
export function EditText({ text, label, maxLength, isBusy, onSave, onCancel }: Props) {
  const [value, setValue] = useState(text);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // The button that had the focus is gone: move it to the end of the text.
    const box = form.current?.querySelector('textarea');
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSave(value);
  };
  return (
    <form ref={form} className="edit-text" onSubmit={submit}>
      <GrowingText
        value={value}
        aria-label={label}
        maxLength={maxLength}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onCancel()}
      />
      <div className="edit-text__actions">
        <button type="button" className="button" data-variant="quiet" onClick={onCancel}>
          {t('action.cancel')}
        </button>
        <button type="submit" className="button" disabled={isBusy || !value.trim() || value === text}>
          {t('action.save')}
        </button>
      </div>
    </form>
  );
}
