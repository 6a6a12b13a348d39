"""Evidence other than the sound of the event: timecode."""
