// A picture that belongs to nobody: hills under an evening sky, drawn a little differently each time.

const SKIES = [
  ['#f7d9b5', '#e9a58a', '#7d6a8f'], ['#d8ecef', '#9cc7cf', '#476f85'], ['#fbe7c4', '#f0b98d', '#c26b5a'],
  ['#dfe0f2', '#a9aedb', '#55598f'],
];
const WIDTH = 960;
const HEIGHT = 720;

function hill(paint, base, swell, shade) {
  const phase = Math.random() * 6;
  paint.fillStyle = shade;
  paint.beginPath();
  paint.moveTo(0, HEIGHT);
  for (let x = 0; x <= WIDTH; x += 8) {
    paint.lineTo(x, base + swell * (Math.sin(x / 170 + phase) + 0.5 * Math.sin(x / 67 + 2 * phase)));
  }
  paint.lineTo(WIDTH, HEIGHT);
  paint.fill();
}

/** A JPEG file. */
export async function samplePhoto() {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const paint = canvas.getContext('2d');
  const [high, low, far] = SKIES[Math.floor(Math.random() * SKIES.length)];
  const sky = paint.createLinearGradient(0, 0, 0, HEIGHT * 0.75);
  sky.addColorStop(0, far);
  sky.addColorStop(0.55, low);
  sky.addColorStop(1, high);
  paint.fillStyle = sky;
  paint.fillRect(0, 0, WIDTH, HEIGHT);

  const [x, y] = [WIDTH * (0.25 + Math.random() * 0.5), HEIGHT * 0.42];
  const glow = paint.createRadialGradient(x, y, 10, x, y, 320);
  glow.addColorStop(0, 'rgba(255, 250, 235, .95)');
  glow.addColorStop(0.16, 'rgba(255, 250, 235, .9)');
  glow.addColorStop(0.18, 'rgba(255, 244, 220, .35)');
  glow.addColorStop(1, 'rgba(255, 244, 220, 0)');
  paint.fillStyle = glow;
  paint.fillRect(0, 0, WIDTH, HEIGHT);

  ['#8a94a6', '#64748b', '#46586a', '#2c3d4a'].forEach((shade, i) => {
    paint.globalAlpha = 0.72 + i * 0.09;
    hill(paint, HEIGHT * (0.56 + i * 0.11), 34 - i * 3, shade);
  });
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
  return new File([blob], 'photo.jpg', { type: 'image/jpeg' });
}
