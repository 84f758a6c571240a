import { mediaUrl } from '../api/client';

/** A person's picture. Their name stands beside it wherever it is used, so it says nothing to a screen reader. */
export function Avatar({ src, size = 36 }: { src: string; size?: 24 | 36 | 48 | 96 | 144 }) {
  return (
    <img className="avatar" data-size={size} src={mediaUrl(src)} alt="" width={size} height={size} loading="lazy" />
  );
}
