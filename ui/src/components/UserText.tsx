import { Pencil, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { t, type TextKey } from '../texts';
import { Confirm } from './Dialog';
import { EditText } from './EditText';
import { RichText } from './RichText';

interface Change<T> {
  mutate: (value: T, options: { onSuccess: () => void }) => void;
  isPending: boolean;
}

interface Props {
  text: string;
  /** Whether the viewer may edit and delete it. */
  isMine: boolean;
  labels: { edit: TextKey; delete: TextKey; deleteText: TextKey };
  maxLength: number;
  edit: Change<string>;
  remove: Change<void>;
  iconSize: number;
  textClass?: string;
  actionsClass: string;
  /** More actions, before those of the owner. */
  children: ReactNode;
}

/** The text of a comment or a post, with what its owner can do to it. */
export function UserText({ text, isMine, labels, maxLength, edit, remove, iconSize, ...look }: Props) {
  const [mode, setMode] = useState<'read' | 'edit' | 'delete'>('read');
  const onSuccess = () => setMode('read');
  if (mode === 'edit') {
    return (
      <EditText
        text={text}
        label={t(labels.edit)}
        maxLength={maxLength}
        isBusy={edit.isPending}
        onSave={(changed) => edit.mutate(changed, { onSuccess })}
        onCancel={() => setMode('read')}
      />
    );
  }
  return (
    <>
      <RichText text={text} className={look.textClass} />
      <div className={look.actionsClass}>
        {look.children}
        {isMine && (
          <>
            <button type="button" className="icon-button" aria-label={t(labels.edit)} onClick={() => setMode('edit')}>
              <Pencil size={iconSize} aria-hidden />
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label={t(labels.delete)}
              onClick={() => setMode('delete')}
            >
              <Trash2 size={iconSize} aria-hidden />
            </button>
          </>
        )}
      </div>
      <Confirm
        open={mode === 'delete'}
        title={t(labels.delete)}
        description={t(labels.deleteText)}
        action={t('action.delete')}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate(undefined, { onSuccess })}
        onClose={() => setMode('read')}
      />
    </>
  );
}
