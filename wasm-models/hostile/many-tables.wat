;; A hundred tables, each of a size that is allowed.
;; part: fields
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
(table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref) (table 10000 funcref)
