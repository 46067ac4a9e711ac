;; The start function of the module never returns, so that its instance never comes to be.
;; part: fields
(func $go (loop $again (br $again)))
(start $go)
