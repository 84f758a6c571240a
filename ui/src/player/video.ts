/** What the player needs to know of a video. */
export interface PlayableVideo {
  _id: string;
  title: string;
  thumbnail: string;
  videoFile: string;
  hls?: string | null;
  storyboard?: string | null;
}
