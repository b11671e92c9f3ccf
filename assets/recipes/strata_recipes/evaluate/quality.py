"""How near pictures are to the pictures they should be: PSNR and SSIM. Knows nothing of models or data."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import correlate1d

PEAK = 255.0
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue (ITU-R BT.601)
SIGMA, RADIUS = 1.5, 5  # the 11x11 window of Wang et al., 2004
CHUNK = 32  # pictures at a time, which bounds the memory


def psnr(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio of each pair, in dB over all channels; infinite where the pictures are equal. uint8 [N, S, S, 3] -> float [N]."""
    _check(a, b)
    errors = [(np.square(x.astype(np.float32) - y)).mean((1, 2, 3), dtype=np.float64) for x, y in _chunks(a, b)]
    with np.errstate(divide="ignore"):
        return 10 * np.log10(PEAK**2 / np.concatenate(errors))


def ssim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Structural similarity of each pair, on luma, over the windows that lie inside. uint8 [N, S, S, 3] -> float [N]."""
    _check(a, b)
    return np.concatenate([_ssim(x @ LUMA, y @ LUMA) for x, y in _chunks(a, b)])


def _ssim(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004, equation 13."""
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    mean_x, mean_y = _window(x), _window(y)
    variance_x = _window(x * x) - mean_x**2
    variance_y = _window(y * y) - mean_y**2
    covariance = _window(x * y) - mean_x * mean_y
    likeness = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    likeness /= (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    return likeness.mean((1, 2))


def _window(x: np.ndarray) -> np.ndarray:
    """Weighted means over the Gaussian window, [N, S, S] -> [N, S - 10, S - 10]."""
    weights = np.exp(-np.square(np.arange(-RADIUS, RADIUS + 1) / SIGMA) / 2)
    weights /= weights.sum()
    blurred = correlate1d(correlate1d(x.astype(np.float64), weights, 1), weights, 2)
    return blurred[:, RADIUS:-RADIUS, RADIUS:-RADIUS]


def _chunks(a: np.ndarray, b: np.ndarray):
    for start in range(0, len(a), CHUNK):
        yield a[start : start + CHUNK], b[start : start + CHUNK]


def _check(a: np.ndarray, b: np.ndarray) -> None:
    if a.shape != b.shape or a.ndim != 4 or a.shape[-1] != 3 or not len(a) or a.dtype != np.uint8 or b.dtype != np.uint8:
        raise ValueError(f"quality compares two uint8 arrays [N, S, S, 3] of one shape, not {a.dtype} {a.shape} and {b.dtype} {b.shape}")
