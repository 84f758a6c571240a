import { useEffect, useRef, useState } from 'react';

/** Tells which child of a scroller is in view, each as high as the scroller, and scrolls to others. */
export function useScroller() {
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const goTo = (index: number) => {
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const { current: list } = scroller;
    list?.scrollTo({ top: index * list.clientHeight, behavior: isStill ? 'instant' : 'smooth' });
  };
  const onScroll = () => {
    const { current: list } = scroller;
    if (list) setAt(Math.round(list.scrollTop / list.clientHeight));
  };
  useEffect(() => {
    const focused = document.activeElement;
    const child = scroller.current?.children[at];
    // A focused button out of view would take keys that are meant for what is in view.
    if (!scroller.current?.contains(focused) || child?.contains(focused)) return;
    if (child instanceof HTMLElement) child.focus({ preventScroll: true });
  }, [at]);
  return { scroller, at, goTo, onScroll };
}
