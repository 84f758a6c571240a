// What the page and the embedded player report of what is watched, as the owner then sees it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAILED_REQUESTS, eventually, nothingToComplain, playsBeyond, settle, visit } from './page.js';
import { call, publish, scene } from './program.js';

const VIDEO = '-f lavfi -i testsrc2=s=320x180:r=25:d=8 -f lavfi -i sine=d=8 -c:v libx264 -pix_fmt yuv420p -g 25 -c:a aac';

const here = scene();

const viewsOf = ({ _id }) => call(here.program, 'GET', `/dashboard/videos/${_id}/views`, { token: here.token });

for (const place of ['watch', 'embed']) {
  test(`at /${place} half of a short video is a view, and a look at it is none`, async () => {
    const video = await publish(here, `${place}.mp4`, VIDEO);
    const visitor = await visit(here, { allowed: FAILED_REQUESTS });
    const { page } = visitor;
    await page.route('**/media/**', (route) => route.abort());
    await page.goto(`/${place}/${video._id}`);
    await settle(page);
    await page.goto('about:blank');
    assert.equal((await viewsOf(video)).counted, 0);

    await page.unroute('**/media/**');
    await page.goto(`/${place}/${video._id}`);
    await page.locator('video').evaluate((element) => element.play());
    await playsBeyond(page, 5);
    await page.goto('about:blank');
    const views = await eventually(async () => {
      const found = await viewsOf(video);
      assert.deepEqual([found.counted, found.refused], [1, 0]);
      return found;
    });
    assert.ok(views.watchTime >= 4 && views.watchTime <= 8, `${views.watchTime} s`);
    nothingToComplain([visitor]);
    await visitor.context.close();
  });
}
