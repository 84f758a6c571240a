import { ThumbsUp } from 'lucide-react';
import { t } from '../texts';
import { countLikes, formatCompact } from '../texts/format';
import { useLogInFirst } from './log-in-first';

interface Props {
  item: { isLiked: boolean; likesCount: number };
  iconSize: number;
  onToggle: () => void;
}

/** The small like button of comments and posts. */
export function LikeButton({ item, iconSize, onToggle }: Props) {
  const logInFirst = useLogInFirst();
  return (
    <button
      type="button"
      className="like-button"
      aria-pressed={item.isLiked}
      aria-label={t('like.do', { n: countLikes(item.likesCount) })}
      onClick={() => logInFirst(onToggle)}
    >
      <ThumbsUp size={iconSize} fill={item.isLiked ? 'currentColor' : 'none'} aria-hidden />
      {item.likesCount > 0 && formatCompact(item.likesCount)}
    </button>
  );
}
