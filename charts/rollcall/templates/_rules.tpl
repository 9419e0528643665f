{{- /*
The fewest rules that grant the permissions, as JSON: {NAMESPACE: [rule, …]}. A verb on all objects of a resource is not repeated for some
of them. Objects with the same verbs share a rule. The order is that of `rollcall rbac`.
*/ -}}
{{- define "rollcall.rules" -}}
{{- $byNamespace := dict -}}
{{- if and .Values.config (not (include "rollcall.isElsewhere" .)) -}}
{{- $grants := dict -}}
{{- range $need := include "rollcall.permissions" . | fromJsonArray -}}
{{- range $name := default (list "") $need.names -}}
{{- $id := toJson (list $need.namespace $need.group $need.plural $name) -}}
{{- $grant := default (merge (dict "name" $name "verbs" list) (omit $need "verbs" "names")) (get $grants $id) -}}
{{- $_ := set $grant "verbs" (concat $grant.verbs $need.verbs | uniq | sortAlpha) -}}
{{- $_ := set $grants $id $grant -}}
{{- end -}}
{{- end -}}
{{- $rules := dict -}}
{{- range $grant := $grants -}}
{{- $verbs := $grant.verbs -}}
{{- if $grant.name -}}
{{- with get $grants (toJson (list $grant.namespace $grant.group $grant.plural "")) -}}
{{- range .verbs -}}{{- $verbs = without $verbs . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $verbs -}}
{{- $id := toJson (list $grant.namespace $grant.group $grant.plural $verbs (empty $grant.name)) -}}
{{- $rule := default (dict "apiGroups" (list $grant.group) "resources" (list $grant.plural) "verbs" $verbs) (get $rules $id) -}}
{{- with $grant.name -}}
{{- $_ := set $rule "resourceNames" (append (default list $rule.resourceNames) . | sortAlpha) -}}
{{- end -}}
{{- $_ := set $rules $id $rule -}}
{{- end -}}
{{- end -}}
{{- range $id := keys $rules | sortAlpha -}}
{{- $namespace := index (fromJsonArray $id) 0 -}}
{{- $_ := set $byNamespace $namespace (append (default list (get $byNamespace $namespace)) (get $rules $id)) -}}
{{- end -}}
{{- end -}}
{{- with .Values.rbac.rules -}}
{{- $_ := set $byNamespace $.Release.Namespace (concat (default list (get $byNamespace $.Release.Namespace)) .) -}}
{{- end -}}
{{- toJson $byNamespace -}}
{{- end -}}

{{- /* "true" if the pod asks the API server. */ -}}
{{- define "rollcall.usesCluster" -}}
{{- if kindIs "bool" .Values.serviceAccount.automountToken -}}
{{- if .Values.serviceAccount.automountToken -}}true{{- end -}}
{{- else if include "rollcall.rules" . | fromJson -}}true{{- end -}}
{{- end -}}
