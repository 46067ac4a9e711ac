;; A name that would begin a new line in code or in a log.
;; part: fields
(func (export "a\0a2026-01-01 all is well"))
