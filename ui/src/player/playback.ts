// Reports what is watched. By that the server counts views and watch time; the rules are in docs/views.md.

import { useEffect } from 'react';
import { api } from '../api/client';
import type { ReportPlayback, TrafficSource } from '../api/types';
import { listenTo } from './store';
import { WatchedRanges } from './watched';

/** Reports a playback once the video plays. Playing it again after its end is another playback. */
export function usePlaybackReports(element: HTMLVideoElement | null, videoId: string, from?: TrafficSource): void {
  useEffect(() => {
    if (element) return followPlayback(element, videoId, from);
  }, [element, videoId, from]);
}

function followPlayback(element: HTMLVideoElement, videoId: string, from: TrafficSource | undefined): () => void {
  let playback: Playback | null = null;
  const leave = () => playback?.report('beacon');
  const finish = () => {
    playback?.finish();
    playback = null;
  };
  const stops = [
    listenTo(element, ['playing'], () => {
      playback ??= new Playback(element, videoId, from);
    }),
    listenTo(element, ['timeupdate', 'seeking'], () => playback?.follow()),
    listenTo(element, ['ended'], () => {
      playback?.follow();
      finish();
    }),
    listenTo(window, ['pagehide'], leave),
    listenTo(document, ['visibilitychange'], () => document.hidden && leave()),
  ];
  return () => {
    finish();
    stops.forEach((stop) => stop());
  };
}

class Playback {
  private readonly watched = new WatchedRanges();
  private id: string | null = null;
  private timer = 0;
  private rate = 0;
  private isOver = false;
  private hasNews = false;

  constructor(
    private readonly element: HTMLVideoElement,
    videoId: string,
    from: TrafficSource | undefined,
  ) {
    // What is not counted is no reason to trouble the viewer.
    this.start(videoId, from).catch(() => undefined);
  }

  private async start(videoId: string, from: TrafficSource | undefined): Promise<void> {
    const params = { path: { videoId } };
    const { data } = await api.POST('/api/v1/videos/{videoId}/playbacks', { params, body: { from } });
    if (!data) return;
    this.id = data.data.id;
    if (this.isOver) this.report('beacon');
    else this.timer = window.setInterval(() => this.report('request'), data.data.interval * 1000);
  }

  /** Takes in where the video is. */
  follow(): void {
    if (this.element.seeking) {
      this.watched.jump();
      return;
    }
    this.watched.pass(this.element.currentTime);
    this.rate = Math.max(this.rate, this.element.playbackRate);
    this.hasNews = true;
  }

  /** Sends what was watched so far. A beacon arrives even if the page is gone. */
  report(by: 'request' | 'beacon'): void {
    if (!this.id || !this.hasNews) return;
    this.hasNews = false;
    const { currentTime, videoWidth, videoHeight } = this.element;
    const lines = Math.min(videoWidth, videoHeight);
    const body: ReportPlayback = {
      position: currentTime,
      ranges: this.watched.latest(),
      rate: this.rate,
      ...(lines > 0 && { quality: lines }),
    };
    this.rate = this.element.playbackRate;
    if (by === 'beacon') {
      navigator.sendBeacon(`/api/v1/playbacks/${this.id}`, JSON.stringify(body));
      return;
    }
    const params = { path: { playbackId: this.id } };
    // The next report says it again.
    api.POST('/api/v1/playbacks/{playbackId}', { params, body }).catch(() => {
      this.hasNews = true;
    });
  }

  finish(): void {
    this.isOver = true;
    clearInterval(this.timer);
    this.report('beacon');
  }
}
