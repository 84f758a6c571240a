import { useState } from 'react';
import Cropper, { type Area } from 'react-easy-crop';
// The library would otherwise inject a style element, which the content security policy forbids.
import 'react-easy-crop/react-easy-crop.css';
import { t } from '../texts';
import { Dialog } from './Dialog';
import { useObjectUrl } from './hooks';
import { toast } from './toast';

interface Props {
  file: File;
  shape: 'round' | 'wide';
  onCrop: (image: Blob) => void;
  onClose: () => void;
}

/** Aspect ratio, and the largest width of the result in pixels. */
const SHAPES = { round: { aspect: 1, width: 512 }, wide: { aspect: 4, width: 2048 } };
const QUALITY = 0.9;
const ZOOM_MAX = 4;

export default function CropDialog({ file, shape, onCrop, onClose }: Props) {
  const source = useObjectUrl(file);
  const [position, setPosition] = useState({ x: 0, y: 0 });
  const [zoom, setZoom] = useState(1);
  const [area, setArea] = useState<Area | null>(null);
  const { aspect, width } = SHAPES[shape];
  const crop = () => {
    if (!source || !area) return;
    cropImage(source, area, Math.min(width, area.width), aspect)
      .then(onCrop)
      .catch(() => toast(t('image.broken'), 'error'));
  };
  return (
    <Dialog open onClose={onClose} title={t('image.crop')} size="large">
      <div className="crop">
        {source && (
          <Cropper
            image={source}
            crop={position}
            zoom={zoom}
            maxZoom={ZOOM_MAX}
            aspect={aspect}
            cropShape={shape === 'round' ? 'round' : 'rect'}
            showGrid={false}
            disableAutomaticStylesInjection
            onCropChange={setPosition}
            onZoomChange={setZoom}
            onCropComplete={(_, pixels) => setArea(pixels)}
          />
        )}
      </div>
      <label className="crop__zoom">
        {t('image.zoom')}
        <input
          className="range"
          type="range"
          min={1}
          max={ZOOM_MAX}
          step={0.05}
          value={zoom}
          ref={(range) => range?.style.setProperty('--fraction', String((zoom - 1) / (ZOOM_MAX - 1)))}
          onChange={(event) => setZoom(event.target.valueAsNumber)}
        />
      </label>
      <div className="dialog__actions">
        <button type="button" className="button" data-variant="quiet" onClick={onClose}>
          {t('action.cancel')}
        </button>
        <button type="button" className="button" disabled={!area} onClick={crop}>
          {t('image.use')}
        </button>
      </div>
    </Dialog>
  );
}

async function cropImage(source: string, area: Area, width: number, aspect: number): Promise<Blob> {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width);
  canvas.height = Math.round(width / aspect);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, area.x, area.y, area.width, area.height, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no image'))), 'image/jpeg', QUALITY),
  );
}
