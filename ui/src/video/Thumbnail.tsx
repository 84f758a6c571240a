import { decode } from 'blurhash';
import { useEffect, useRef, useState } from 'react';
import { mediaUrl } from '../api/client';
import { t } from '../texts';
import { formatDuration, formatDurationInWords } from '../texts/format';
import { watchedFraction } from './progress';
import './thumbnail.css';

const BLUR_WIDTH = 32;
const BLUR_HEIGHT = 18;

interface Props {
  video: {
    _id: string;
    thumbnail: string;
    duration: number;
    placeholder?: string | null;
    status?: string;
    isPublished?: boolean;
  };
  /** Whether it is above the fold and should be loaded first. */
  isFirst?: boolean;
}

/** A video's thumbnail with its duration. It has no alternative text, because the title is always beside it. */
export function Thumbnail({ video, isFirst }: Props) {
  const [state, setState] = useState<'loading' | 'shown' | 'broken'>('loading');
  const watched = watchedFraction(video._id);
  return (
    <span className="thumb" data-state={state}>
      {video.placeholder && state !== 'shown' && <Blur hash={video.placeholder} />}
      {state !== 'broken' && (
        <img
          src={mediaUrl(video.thumbnail)}
          alt=""
          width={640}
          height={360}
          loading={isFirst ? 'eager' : 'lazy'}
          fetchPriority={isFirst ? 'high' : 'auto'}
          decoding="async"
          onLoad={() => setState('shown')}
          onError={() => setState('broken')}
        />
      )}
      {video.isPublished === false && <span className="thumb__tag">{t('video.hidden')}</span>}
      <span className="thumb__length">
        <span aria-hidden>{formatDuration(video.duration)}</span>
        <span className="visually-hidden">{formatDurationInWords(video.duration)}</span>
      </span>
      {watched > 0 && (
        <span className="thumb__watched" aria-hidden>
          <span ref={(bar) => bar?.style.setProperty('inline-size', `${watched * 100}%`)} />
        </span>
      )}
    </span>
  );
}

function Blur({ hash }: { hash: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    try {
      const image = context.createImageData(BLUR_WIDTH, BLUR_HEIGHT);
      image.data.set(decode(hash, BLUR_WIDTH, BLUR_HEIGHT));
      context.putImageData(image, 0, 0);
    } catch {
      // An invalid hash leaves the plain background.
    }
  }, [hash]);
  return <canvas ref={canvas} width={BLUR_WIDTH} height={BLUR_HEIGHT} aria-hidden />;
}
