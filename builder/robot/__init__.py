"""The robot 小统: script packages and the engine that answers from them. Public to the service.

Knows nothing of pages and kinds: what it answers from is a `Package`, compiled by `render.robot`. Its
twin in JavaScript is `theme/assets/robot-engine.js`; shared vectors keep the two alike.
"""
