const ADDRESS = /(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}])/;

/** A person's text as it was written, with its addresses as links. */
export function RichText({ text, className }: { text: string; className?: string }) {
  return (
    <p className={`rich-text ${className ?? ''}`}>
      {text.split(ADDRESS).map((part, at) =>
        // Every second part is what the expression caught.
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
