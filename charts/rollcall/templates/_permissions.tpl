{{- /*
What the config does in the cluster, as a JSON list of {group, plural, namespace, verbs, names}. Without `names`: all objects of the
namespace. One block for each kind of target that needs the cluster, then reload and confirm, then the election. A test compares the
rules that follow with those of `rollcall rbac`.
*/ -}}
{{- define "rollcall.permissions" -}}
{{- $config := include "rollcall.config" . | fromJson -}}
{{- $kubernetes := default dict $config.kubernetes -}}
{{- $home := default .Release.Namespace $kubernetes.namespace -}}
{{- $needs := list -}}
{{- $told := list -}}
{{- range $target := $config.targets -}}

{{- range $plural, $block := dict "configmaps" $target.configMap "secrets" $target.secret -}}
{{- if $block -}}
{{- $namespace := default $home $block.namespace -}}
{{- $told = append $told $namespace -}}
{{- $what := dict "group" "" "plural" $plural "namespace" $namespace -}}
{{- if $block.forEach -}}
{{- $needs = append $needs (merge (dict "verbs" (list "create" "delete" "get" "list" "patch")) $what) -}}
{{- else -}}
{{- $needs = append $needs (merge (dict "verbs" (list "create")) $what) -}}
{{- $needs = append $needs (merge (dict "verbs" (list "delete" "get" "patch") "names" (list $block.name)) $what) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if hasKey $target "endpointSlices" -}}
{{- $block := $target.endpointSlices -}}
{{- $namespace := default $home $block.namespace -}}
{{- $told = append $told $namespace -}}
{{- $verbs := list "create" "delete" "get" "list" "patch" -}}
{{- $services := ternary (list "get") $verbs (eq (toString $block.service) "existing") -}}
{{- $needs = append $needs (dict "group" "" "plural" "services" "namespace" $namespace "verbs" $services) -}}
{{- $needs = append $needs (dict "group" "discovery.k8s.io" "plural" "endpointslices" "namespace" $namespace "verbs" $verbs) -}}
{{- end -}}

{{- range $verb, $block := dict "patch" $target.reload "get" $target.confirm -}}
{{- if kindIs "map" $block -}}
{{- with $block.rollout -}}
{{- $what := dict "group" "apps" "plural" (printf "%ss" (lower .kind)) "namespace" (default $home .namespace) -}}
{{- $needs = append $needs (merge (dict "verbs" (list $verb) "names" (list .name)) $what) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- end -}}
{{- if ne (toString $kubernetes.events) "false" -}}
{{- range $told -}}
{{- $needs = append $needs (dict "group" "events.k8s.io" "plural" "events" "namespace" . "verbs" (list "create" "patch")) -}}
{{- end -}}
{{- end -}}

{{- if include "rollcall.hasElection" . -}}
{{- with (default dict $config.election).kubernetes -}}
{{- $namespace := default $home .namespace -}}
{{- $lease := dict "group" "coordination.k8s.io" "plural" "leases" "namespace" $namespace -}}
{{- $holds := dict "group" "" "plural" "configmaps" "namespace" $namespace -}}
{{- $needs = append $needs (merge (dict "verbs" (list "create")) $lease) -}}
{{- $needs = append $needs (merge (dict "verbs" (list "get" "update") "names" (list .name)) $lease) -}}
{{- $needs = append $needs (merge (dict "verbs" (list "create")) $holds) -}}
{{- $needs = append $needs (merge (dict "verbs" (list "get" "patch") "names" (list (printf "%s-guard" .name))) $holds) -}}
{{- end -}}
{{- end -}}
{{- toJson $needs -}}
{{- end -}}
