"""Things of known size and colour in the photograph: the printed sheet, its stickers, a 24-patch chart."""
