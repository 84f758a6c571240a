import { ImagePlus } from 'lucide-react';
import { lazy, Suspense, useId, useRef, useState } from 'react';
import { t } from '../texts';
import { useObjectUrl } from './hooks';
import './image-picker.css';

const CropDialog = lazy(() => import('./CropDialog'));

interface Props {
  label: string;
  shape: 'round' | 'wide';
  /** The cropped image. */
  image: Blob | null;
  /** URL of the image to show until one is selected. */
  current?: string;
  onChange: (image: Blob) => void;
}

const ACCEPTED = 'image/png,image/jpeg,image/webp,image/gif';

/** Selects an image file, crops it, and shows a preview. */
export function ImagePicker({ label, shape, image, current, onChange }: Props) {
  const id = useId();
  const [file, setFile] = useState<File | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const preview = useObjectUrl(image);
  const shown = preview ?? current;
  const close = () => {
    setFile(null);
    // Otherwise selecting the same file again fires no event.
    if (input.current) input.current.value = '';
  };
  return (
    <div className="picker" data-shape={shape}>
      <label htmlFor={id} className="picker__frame">
        {shown ? <img src={shown} alt="" /> : <ImagePlus size={28} aria-hidden />}
        <span className="picker__label">{label}</span>
      </label>
      <input
        ref={input}
        id={id}
        type="file"
        className="visually-hidden"
        accept={ACCEPTED}
        onChange={(event) => setFile(event.target.files?.[0] ?? null)}
      />
      {file && (
        <Suspense>
          <CropDialog
            file={file}
            shape={shape}
            onClose={close}
            onCrop={(cropped) => {
              onChange(cropped);
              close();
            }}
          />
        </Suspense>
      )}
      <span className="visually-hidden" role="status">
        {image ? t('image.selected') : ''}
      </span>
    </div>
  );
}
