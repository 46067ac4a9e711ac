;; A function of a harmless name that nobody would call, such as one that sets the memory up.
;; part: fields
(func (export "_initialize"))
