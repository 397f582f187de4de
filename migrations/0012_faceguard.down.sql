DROP TABLE sent_photos, banned_photos, photo_verdicts;
