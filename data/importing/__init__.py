"""Labels of other tools -> one manifest beside indexed masks. One module a format, one writer (`docs/labels.md`)."""
