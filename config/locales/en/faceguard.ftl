## Photos that were looked at and taken away: said to who sent them

photo-refused-nude = Your photo was taken down: it looks too revealing for this chat. A program decides that and can be wrong; try another one 🙏
photo-refused-banned = Your photo was taken down: this picture isn’t allowed here.
photo-refused-spam = Your photo was taken down: it went to a lot of people today. Give it a rest until tomorrow 🙂
photo-spoiler = Photos and videos reach the other person blurred; the blur goes once they have been checked.
