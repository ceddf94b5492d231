"""A second, slow renderer that shares no shape, light or camera code with `training.render`: a path tracer's meshes.

Only for checking: what it writes is kept out of training, and nothing else of the project imports it. Needs Mitsuba 3
(`pip install 'cicatrix[trace]'`), which is imported when a picture is traced, not before.

shapes (scar height fields) + skin (relief, colour, marks) + form (the curved cheek, the camera's geometry)
-> tracer (Mitsuba) with lamps -> scatter (light under the skin) -> write (samples folder).
"""
