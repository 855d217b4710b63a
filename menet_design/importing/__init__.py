"""Networks of other people: modules, archives and models of libraries, read into the common description."""

ARCHIVES = (".pt2", ".onnx")


def is_source(text: str) -> bool:
    """Whether a text is written as a source of somebody else's network, and not as the name of a built-in one."""
    return ":" in text or text.lower().endswith(ARCHIVES)
