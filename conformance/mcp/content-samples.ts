/** A valid PNG of one red pixel, base64. */
export const pngBase64 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC'

/** A valid WAV file (mono, 8 kHz, 16 bit) of one millisecond, base64. */
export const wavBase64 = 'UklGRjQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YRAAAAAAAOAuAAAg0QAA4C4AACDR'
