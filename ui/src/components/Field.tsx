import { useId, useLayoutEffect, useRef, type ComponentProps, type ReactNode } from 'react';
import './field.css';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string;
}

type InputProps = { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean };

export function LabelledField({
  label,
  hint,
  error,
  children,
}: FieldProps & { children: (props: InputProps) => ReactNode }) {
  const id = useId();
  const message = error ?? hint;
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': message ? `${id}-note` : undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {message && (
        <p id={`${id}-note`} className="field__note" data-variant={error ? 'error' : undefined}>
          {message}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, ...input }: FieldProps & ComponentProps<'input'>) {
  return (
    <LabelledField label={label} hint={hint} error={error}>
      {(props) => <input className="input" {...input} {...props} />}
    </LabelledField>
  );
}

export function TextArea({ label, hint, error, ...input }: FieldProps & ComponentProps<'textarea'>) {
  return (
    <LabelledField label={label} hint={hint} error={error}>
      {(props) => <GrowingText {...input} {...props} />}
    </LabelledField>
  );
}

/** Grows with its text. */
export function GrowingText({ className = 'input', ...props }: ComponentProps<'textarea'>) {
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
  }, [props.value]);
  return <textarea ref={box} rows={2} className={className} {...props} />;
}
