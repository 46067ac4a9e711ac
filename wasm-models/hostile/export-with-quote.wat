;; A name that would end a string in code that is made from it.
;; part: fields
(func (export "a'];globalThis.broken=1//"))
