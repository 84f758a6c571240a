const ADDRESS = /(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}])/;

/** Shows a text as it was written, with URLs as links. */
export function RichText({ text, className }: { text: string; className?: string }) {
  return (
    <p className={`rich-text ${className ?? ''}`}>
      {text.split(ADDRESS).map((part, at) =>
        // Every second part is a URL.
        at % 2 === 1 ? (
          <a key={at} href={part} rel="nofollow noopener ugc" target="_blank">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}
