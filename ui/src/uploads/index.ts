import { api, unwrap } from '../api/client';
import { invalidate } from '../api/invalidate';
import { UploadQueue, type CreateVideo } from './queue';
import { openTransfer } from './transfer';

const createVideo: CreateVideo = async (uploadId, { title, description, tags, isPublished }) => {
  const body = { uploadId, title, description, tags: [...tags], isPublished };
  const video = await unwrap(api.POST('/api/v1/videos', { body }));
  void invalidate.videoAdded();
  return video;
};

export const uploads = new UploadQueue(openTransfer, createVideo);

window.addEventListener('online', () => uploads.resumeFailed());
window.addEventListener('beforeunload', (event) => {
  if (uploads.isBusy()) event.preventDefault();
});
