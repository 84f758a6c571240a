import { mediaUrl } from '../api/client';

/** Shows somebody's profile picture. Hidden from screen readers, because the name is always beside it. */
export function Avatar({ src, size = 36 }: { src: string; size?: 24 | 36 | 48 | 96 | 144 }) {
  return (
    <img className="avatar" data-size={size} src={mediaUrl(src)} alt="" width={size} height={size} loading="lazy" />
  );
}
