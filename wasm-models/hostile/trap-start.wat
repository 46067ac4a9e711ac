;; The start function of the module traps.
;; part: fields
(func $go unreachable)
(start $go)
