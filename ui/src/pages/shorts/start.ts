export type Started = 'playing' | 'silent' | 'refused' | 'interrupted';

/** Plays a video, without sound if the browser allows no other before somebody has pressed something. */
export async function start(video: HTMLVideoElement): Promise<Started> {
  const first = await attempt(video);
  if (first !== 'refused' || video.muted) return first;
  video.muted = true;
  const second = await attempt(video);
  if (second === 'playing') return 'silent';
  video.muted = false;
  return second;
}

async function attempt(video: HTMLVideoElement): Promise<Started> {
  try {
    await video.play();
    return 'playing';
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotAllowedError' ? 'refused' : 'interrupted';
  }
}
