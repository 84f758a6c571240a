import { unwrap, api } from '../api/client';
import { queryClient } from '../api/queries';
import { UploadQueue, type CreateVideo } from './queue';
import { openTransfer } from './transfer';

const createVideo: CreateVideo = async (uploadId, { title, description, isPublished }) => {
  const body = { uploadId, title, description, isPublished };
  const video = await unwrap(api.POST('/api/v1/videos', { body }));
  for (const key of ['own-videos', 'stats', 'videos']) void queryClient.invalidateQueries({ queryKey: [key] });
  return video;
};

export const uploads = new UploadQueue(openTransfer, createVideo);

window.addEventListener('online', () => uploads.resumeFailed());
window.addEventListener('beforeunload', (event) => {
  if (uploads.isBusy()) event.preventDefault();
});
