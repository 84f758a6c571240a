/** The same placeholder as in `index.html`, until the first page is loaded. */
export function Boot() {
  return (
    <div className="boot">
      <div className="boot__bar">
        <img src="/favicon.svg" alt="" width={32} height={32} />
        <span>Chaitube</span>
      </div>
    </div>
  );
}
