#!/usr/bin/env python3
"""Finds faces with what bots in Python use, on the photos that FaceGuard's tests look at.

    python3 -m venv V && V/bin/pip install 'numpy<2' opencv-python-headless==4.11.0.86 mediapipe==0.10.21
    V/bin/python scripts/compare-faces.py "$(scripts/models.sh --photos)"

Prints the rows of the table in docs/faceguard.md. How many faces a photo has is read from
vision/tests/whole/accuracy.rs. A box counts as right as long as there are no more than faces: places are
not compared, which favours whoever finds a lamp beside a face.
"""

import pathlib
import re
import sys
import time

import cv2
import mediapipe
import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGER_SIDE = 640


def expected():
    text = (ROOT / "vision/tests/whole/accuracy.rs").read_text()
    table = text[text.index("const PHOTOS") : text.index("];")]
    return {name: int(faces) for name, faces in re.findall(r'\("([^"]+)", (\d+)\)', table)}


def shrunk(picture):
    height, width = picture.shape[:2]
    scale = LONGER_SIDE / max(height, width)
    return picture if scale >= 1 else cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def haar(neighbours):
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    return lambda picture: len(
        cascade.detectMultiScale(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), scaleFactor=1.1, minNeighbors=neighbours)
    )


def blaze(model):
    found = mediapipe.solutions.face_detection.FaceDetection(model_selection=model, min_detection_confidence=0.5)

    def count(picture):
        return len(found.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).detections or [])

    return count


def lfw(path):
    """100 faces, then 100 that are none; enlarged, grey around them, as the engine's test does."""
    for picture in numpy.load(path):
        grey = numpy.clip(picture * 255, 0, 255).astype(numpy.uint8)
        canvas = numpy.full((320, 320), 128, numpy.uint8)
        canvas[110:210, 110:210] = cv2.resize(grey, (100, 100), interpolation=cv2.INTER_LINEAR)
        yield cv2.cvtColor(canvas, cv2.COLOR_GRAY2BGR)


def main():
    if len(sys.argv) != 2:
        sys.exit("use: compare-faces.py PHOTOS (the folder that scripts/models.sh --photos tells)")
    photos = pathlib.Path(sys.argv[1])
    pictures = []
    for name, faces in expected().items():
        picture = cv2.imread(str(photos / name))
        if picture is None:
            sys.exit(f"{photos / name} cannot be read: run scripts/models.sh --photos")
        pictures.append((shrunk(picture), faces))
    small = list(lfw(photos / "skimage-lfw_subset.npy"))
    cv2.setNumThreads(1)
    ways = {
        "Haar cascade, 3 neighbours (OpenCV's default)": haar(3),
        "Haar cascade, 5 neighbours": haar(5),
        "MediaPipe, short range": blaze(0),
        "MediaPipe, full range": blaze(1),
    }
    print("| who | faces found | wrongly found | LFW found | LFW wrongly | ms a photo |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, count in ways.items():
        count(pictures[0][0])
        begun = time.perf_counter()
        found = [(count(picture), faces) for picture, faces in pictures]
        spent = (time.perf_counter() - begun) / len(pictures) * 1000
        right = sum(min(n, faces) for n, faces in found)
        wrong = sum(max(0, n - faces) for n, faces in found)
        of_all = sum(faces for _, faces in found)
        faces = sum(count(picture) > 0 for picture in small[:100])
        none = sum(count(picture) > 0 for picture in small[100:])
        print(f"| {name} | {right} of {of_all} | {wrong} | {faces} of 100 | {none} of 100 | {spent:.0f} |", flush=True)


main()
