import { useState, type FormEvent } from 'react';
import { MAX_LENGTH } from '../../api/limits';
import { Dialog } from '../../components/Dialog';
import { TextArea, TextField } from '../../components/Field';
import { t } from '../../texts';

interface Props {
  title: string;
  playlist?: { name: string; description: string };
  isBusy: boolean;
  onSave: (playlist: { name: string; description: string }) => void;
  onClose: () => void;
}

export function PlaylistForm({ title, playlist, isBusy, onSave, onClose }: Props) {
  const [name, setName] = useState(playlist?.name ?? '');
  const [description, setDescription] = useState(playlist?.description ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSave({ name, description });
  };
  return (
    <Dialog open onClose={onClose} title={title}>
      <form className="stack" onSubmit={submit}>
        <TextField
          label={t('playlist.name')}
          value={name}
          maxLength={MAX_LENGTH['POST /playlist'].name}
          required
          onChange={(event) => setName(event.target.value)}
        />
        <TextArea
          label={t('playlist.description')}
          value={description}
          maxLength={MAX_LENGTH['POST /playlist'].description}
          required
          onChange={(event) => setDescription(event.target.value)}
        />
        <div className="dialog__actions">
          <button type="button" className="button" data-variant="quiet" onClick={onClose}>
            {t('action.cancel')}
          </button>
          <button type="submit" className="button" disabled={isBusy || !name.trim() || !description.trim()}>
            {t('action.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
