"""multicam: media analysis for multi-camera editing. The client."""
