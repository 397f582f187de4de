// Sending files of the visitor's: one, several, or pictures together as an album.

import * as api from './api.js';

const ALBUM = 10;
const picture = (file) => file.type.startsWith('image/');

async function base64(file) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(',') + 1);
}

/** Sends `files`; several pictures go as one album. The caption stands under the first. */
export async function sendFiles(id, files, { caption, replyTo } = {}) {
  const all = [...files];
  if (all.length > 1 && all.every(picture)) {
    const items = await Promise.all(all.slice(0, ALBUM).map(async (file, i) => ({
      kind: 'photo', mime: file.type, file_base64: await base64(file),
      ...(i === 0 && caption ? { caption } : {}), ...(i === 0 && replyTo ? { reply_to: replyTo } : {}),
    })));
    return api.sendAlbum(id, items);
  }
  for (const [i, file] of all.entries()) await api.sendFile(id, file, i === 0 ? { caption, replyTo } : {});
}
