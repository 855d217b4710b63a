"""Tables of the MENet paper (arXiv 1803.09127), transcribed once for all tests."""

# Table I without its last line: stage, output size, and the cells of 228-MENet-12×1 (g = 3), 256-MENet-12×1 (g = 4)
# and 352-MENet-12×1 (g = 8), one where the three are the same. The size of a stage stands on its first line.
TABLE_I = [
    ("", "224×224", ["Image"]),
    ("Stage 1", "112×112", ["3×3 conv, 24, /2"]),
    ("", "", ["3×3 max pool, /2"]),
    ("Stage 2", "28×28", ["ME module, 228, /2", "ME module, 256, /2", "ME module, 352, /2"]),
    ("", "", ["ME module, 228, ×3", "ME module, 256, ×3", "ME module, 352, ×3"]),
    ("Stage 3", "14×14", ["ME module, 456, /2", "ME module, 512, /2", "ME module, 704, /2"]),
    ("", "", ["ME module, 456, ×7", "ME module, 512, ×7", "ME module, 704, ×7"]),
    ("Stage 4", "7×7", ["ME module, 912, /2", "ME module, 1024, /2", "ME module, 1408, /2"]),
    ("", "", ["ME module, 912, ×3", "ME module, 1024, ×3", "ME module, 1408, ×3"]),
    ("Classifier", "1×1", ["global average pool, 1000-d fc, softmax"]),
]

# The last line of Table I.
FLOPS = ("FLOPs", "", ["144 × 10⁶", "140 × 10⁶", "144 × 10⁶"])
